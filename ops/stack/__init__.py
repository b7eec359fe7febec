"""One running system: its folder, its processes and what they are told."""
