"""A block, a pair or a network as source code that a reader runs and changes: PyTorch and Keras 3.

``plan`` says what blocks share that one class or one function is to be: what varies among them becomes an argument,
what does not stands in the code as a number, and what none of them needs is not there. A framework's modules write it.
"""
