"""Workbooks made by hand, to say what no library would write."""

import io
import zipfile
from collections.abc import Mapping

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def archive(members: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return file.getvalue()


def relations(*pairs: tuple[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(pairs, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{lines}</Relationships>'


def xlsx(rows: str, **more: str) -> bytes:
    """A workbook of one sheet with this in its `sheetData`; `more` replaces or adds members."""
    members = {
        "[Content_Types].xml": "<Types>application/vnd.openxmlformats-officedocument."
        "spreadsheetml.sheet.main+xml</Types>",
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{_RELATIONS}">'
        '<sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("worksheet", "worksheets/sheet1.xml"),
            ("sharedStrings", "sharedStrings.xml"),
            ("styles", "/xl/styles.xml"),
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{SHEET}"><si><t>one</t></si></sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{SHEET}"/>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>',
    }
    return archive(members | more)


def ods(rows: str, **more: str) -> bytes:
    """A spreadsheet of one table with this in it."""
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    table = f'<table:table table:name="One">{rows}</table:table>'
    content = f"<office:document-content {spaces}>{table}</office:document-content>"
    return archive(
        {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content} | more
    )
