"""The WSGI application: `flask run`, gunicorn and the tests start here."""

from selfservice.factory import create_app

app = create_app()
