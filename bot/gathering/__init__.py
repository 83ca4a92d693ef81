"""Campaigns of lists: a file becomes rows (`reading`), rows and a text become a confirm card (`filling`).

`worker` does it, one list after another; `work` is what both need for one list, and how they speak.
"""
