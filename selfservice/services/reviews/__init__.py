"""Reviews: whether guests still need what they have is asked of those who answer for them."""
