"""The audit, for operations: is it whole, who looked at whom, as CEF, and what may go."""
