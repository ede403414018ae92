"""What can be asked for: blocks, networks and conventions as frozen, checked values, and every parameter declared once.

Comes in: numbers, keys, an address's text. Goes out: a BlockSpec, a NetworkSpec, Conventions, or a SpecError that says
what would work. May import: nothing of ``resnet`` but ``text``, and no library.

    block, shortcuts     one block; what can stand on its shortcut (a new kind is a row)
    network, catalogue   a whole network; the known ones by name (a new family is a row)
    conventions          how shapes and counts are written (a new unit of operations is a row)
    parameters, errors   what a parameter is; what is wrong with a value
    names                what blocks and networks are called
"""
