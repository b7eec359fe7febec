"""Contestants in processes of their own, ours and the bare ones: nobody's work and memory is counted as another's."""
