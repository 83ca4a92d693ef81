"""Campaigns of lists: a file becomes rows (`reading`), or groups of contacts and numbers do (`calling_up`);
rows and a text become a confirm card (`filling`), or rows become contacts (`importing`) or go onto stop-lists
(`stopping`).

`worker` does it, one list after another; `work` is what both need for one list, and how they speak.
"""
