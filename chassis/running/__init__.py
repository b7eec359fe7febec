"""A process that runs: what time sets off, work with effects outside, how it is watched, what it looks after."""
