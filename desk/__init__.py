"""What happens between a chat and a gateway: use cases and workers. Knows no Telegram, no HTTP, no SQL."""
