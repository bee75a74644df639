"""Long-lived services: sensing, worker, rescuer, publisher, supervisor, health."""
