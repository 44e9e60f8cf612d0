"""Shapes that rows to generate from come in: one file a shape, its name the shape's name."""
