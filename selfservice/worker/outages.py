"""What it looks like when the database or the queue is away: it happens, is logged in a line, and is waited out."""

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

OUTAGES = (DBAPIError, NoConnectionFree, sqlite3.Error, psycopg.Error, OSError)
