"""Looking into topics and moving groups about, safe with personal data. How to: docs/cli.md."""
