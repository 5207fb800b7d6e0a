/* Stillpoint: small helps. Every page works without this file. */
