"""Stillpoint: appointment booking for acupuncture clinics."""
