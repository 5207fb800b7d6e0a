"""The organisation, its locations, rooms, services and practitioners."""
