"""The identity platform: discovery, sign-in, tokens, sign-out and the redemption of invitations."""
