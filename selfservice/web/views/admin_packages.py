"""PLACEHOLDER"""

from flask import Blueprint

bp = Blueprint("admin_packages", __name__, url_prefix="/admin/packages")
