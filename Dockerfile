# Two stages: the first builds a virtualenv, the second has nothing but that virtualenv.
#
#   docker build -t smsdesk .
#   docker run -v smsdesk-data:/data smsdesk          # /data holds config.toml, the database and the key file

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
# The dependencies come first: they change seldom, so this layer is mostly a cached one. The virtualenv has no
# pip of its own and so needs none removed.
COPY requirements/run.lock requirements/build.lock requirements/
RUN python -m venv --without-pip /opt/smsdesk \
    && python -m pip --python /opt/smsdesk/bin/python install --no-cache-dir --require-hashes -r requirements/run.lock \
    && python -m venv build-venv \
    && build-venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/build.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY desk desk
COPY providers providers
COPY sandbox sandbox
COPY storage storage
RUN build-venv/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
    && python -m pip --python /opt/smsdesk/bin/python install --no-cache-dir --no-deps --no-index wheels/*.whl

FROM python:3.11-slim-bookworm
# A fixed id, so that the owner of a mounted volume can be set beforehand.
RUN groupadd --gid 10001 smsdesk \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin smsdesk \
    && install --directory --owner=smsdesk --group=smsdesk --mode=0700 /data
COPY --from=build /opt/smsdesk /opt/smsdesk
ENV PATH=/opt/smsdesk/bin:$PATH \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
CMD ["smsdesk", "run", "--config", "/data/config.toml"]
