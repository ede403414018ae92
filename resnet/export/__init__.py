"""Whatever a page shows, in the form that its next home expects; ``subjects`` lists what can leave, and in which forms.

Comes in: a view, or for anybody's network a view and its graph. Goes out: bytes. May import: ``views`` and what stands
below it. A format is a module here and a ``Form`` in the rows of what has it.

    form, subjects/        what leaves, declared once: pages, API, command line, ZIPs and the README follow
    figures, onnx          the forms of a picture; of a network for other programs
    code/                  PyTorch and Keras
    table, table_*         one table value, and a writer for each format; tables, *_tables make them
    data, models, schemas  plain data for JSON, and what its fields are
    report, report_*, bundle    a page as a document; everything in one ZIP
    chart_page             a chart that answers the pointer
    share                  what to paste where
"""
