"""All tables: importing this module makes the metadata complete."""

from selfservice.model import (
    application,
    approval,
    assignment,
    audit,
    delivery,
    group,
    guest,
    lease,
    mail,
    mirror,
    package,
    person,
    request,
    session,
)
from selfservice.model.base import Base

MODULES = (
    application,
    approval,
    assignment,
    audit,
    delivery,
    group,
    guest,
    lease,
    mail,
    mirror,
    package,
    person,
    request,
    session,
)
metadata = Base.metadata
