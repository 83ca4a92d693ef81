"""All about SMS gateways; knows neither Telegram nor the database."""
