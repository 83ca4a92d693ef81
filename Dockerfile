# Two stages: the first builds a virtualenv, the second has nothing but that virtualenv.
#
#   docker build -t smsdesk .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges --ulimit core=0 --stop-timeout 30 \
#       -v smsdesk-data:/data smsdesk
#
# /data is all that is ever written to: it holds config.toml, the database and, unless security.key_file says
# otherwise, the key file. A key is better kept away from the database, in a second, read-only mount.
#
# Proven without a container engine, step by step on a bare Debian of the same release: the virtualenv from the
# locks by hash; then, as uid 10001 without capabilities and with every file system but /data mounted read-only,
# `smsdesk --help`, `smsdesk check` and `smsdesk run` against the stand-ins, the health check, and SIGTERM.

# A tag moves. To pin it: --build-arg PYTHON=python:3.11-slim-bookworm@sha256:...
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /src
# The dependencies come first: they change seldom, so this layer is mostly a cached one. The virtualenv has no
# pip of its own and so needs none removed. Wheels only: nothing that was downloaded runs while it is installed.
COPY requirements/run.lock requirements/build.lock requirements/
RUN python -m venv --without-pip /opt/smsdesk \
    && python -m pip --python /opt/smsdesk/bin/python install --no-cache-dir --only-binary :all: \
        --require-hashes -r requirements/run.lock \
    && python -m venv build-venv \
    && build-venv/bin/python -m pip install --no-cache-dir --only-binary :all: \
        --require-hashes -r requirements/build.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY desk desk
COPY providers providers
COPY sandbox sandbox
COPY storage storage
RUN build-venv/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
    && python -m pip --python /opt/smsdesk/bin/python install --no-cache-dir --no-deps --no-index wheels/*.whl

FROM ${PYTHON}
# A fixed id, so that the owner of a mounted volume can be set beforehand. What installs packages has no work here.
RUN groupadd --gid 10001 smsdesk \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin smsdesk \
    && install --directory --owner=smsdesk --group=smsdesk --mode=0700 /data \
    && python -m pip uninstall --yes --root-user-action=ignore wheel setuptools pip
COPY --from=build /opt/smsdesk /opt/smsdesk
COPY deploy/healthcheck.py /opt/smsdesk/healthcheck.py
# matplotlib keeps a list of fonts, and the root file system may be read-only.
ENV PATH=/opt/smsdesk/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/data/.matplotlib
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-I", "/opt/smsdesk/healthcheck.py", "/data/config.toml"]
CMD ["smsdesk", "run", "--config", "/data/config.toml"]
