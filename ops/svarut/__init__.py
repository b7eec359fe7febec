"""A simulator of Fiks SvarUt: the documented REST API, version 2, with a clock that can be sped up."""
