"""The way to the models: gateway, providers, prices."""
