"""From words to shapes: letters are chosen, shaped, wrapped and placed here, and leave as outlines, not as characters.

It runs in a confined process of its own (`worker/render/typesetter.py` starts it), since fonts are parser input.
"""
