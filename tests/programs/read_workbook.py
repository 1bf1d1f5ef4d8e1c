"""A workbook as openpyxl reads it, as JSON: its properties, and of each sheet its cells with their kinds and formats."""

import datetime
import json
import sys

import openpyxl


def cell(found):
    kinds = {"n": "number", "d": "date", "s": "text", "f": "formula", "b": "flag", "e": "error"}
    value = found.value
    if value is None:
        return None
    if isinstance(value, (datetime.date, datetime.time)):
        value = value.isoformat()
    return {"kind": kinds[found.data_type], "value": value, "format": found.number_format, "bold": found.font.b}


def sheet(found):
    widths = [dimension.width for _, dimension in sorted(found.column_dimensions.items())]
    return {
        "name": found.title,
        "frozen": found.freeze_panes,
        "filter": found.auto_filter.ref,
        "widths": widths,
        "rows": [[cell(each) for each in row] for row in found.iter_rows()],
    }


book = openpyxl.load_workbook(sys.argv[1], rich_text=False)
about = book.properties
json.dump(
    {
        "title": about.title,
        "creator": about.creator,
        "changed_by": about.lastModifiedBy,
        "created": about.created.isoformat(),
        "changed": about.modified.isoformat(),
        "sheets": [sheet(each) for each in book.worksheets],
    },
    sys.stdout,
)
