"""Pictures: diagrams, sketches, solids and charts, and how they become files, in one palette and one typeface.

Comes in: a trace, or what follows from it. Goes out: a ``graphviz.Digraph``, an SVG, a Plotly figure; ``render`` makes
bytes of them. May import: ``numbers`` and what stands below it, and the libraries that draw.

    graph                  what a diagram is drawn into
    layout, block          where the parts of a diagram stand; a block's diagram
    rows, network, model   a whole network in rows and cells; from a trace; from anybody's graph
    model_block            any residual sum of a graph
    sketch, solids         a block in a few strokes; tensors as boxes
    charts, network_charts    where it sits, with Plotly, from the values of ``numbers.charted``; interactive: in a file
    still                  the same charts as SVG, without a browser; still_words says what they say
    spoken                 a figure in words; block_words, rows_words, chart_words make them of what is drawn
    render, tikz, mermaid  SVG, PDF, PNG, DOT; for LaTeX (tex writes its words), and for Markdown that draws
    style, dress, images   a figure's colours, and the room that it has where it goes
    palette, fonts         the colours (an accent is one line) and the typeface, which is in ``typeface/``
"""
