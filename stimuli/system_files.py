"""What operating systems, synchronisers and storage devices leave in any folder."""

# In lower case. Beside them, names that begin with a dot, such as .DS_Store, ._name and .Trashes.
_FILES = frozenset({"desktop.ini", "ehthumbs.db", "ehthumbs_vista.db", "icon\r", "thumbs.db"})
_FOLDERS = frozenset(
    {
        *("$recycle.bin", "__macosx", "@eadir", "#recycle", "#snapshot", "lost+found"),
        "system volume information",
    }
)
_OF_OFFICE = "~$"  # how the files begin that an office program keeps beside an open one


def is_of_system(name: str) -> bool:
    """Whether a file or folder of this name is nobody's data, and no mistake either."""
    return name.startswith((".", _OF_OFFICE)) or name.lower() in _FILES | _FOLDERS
