"""The HTTP interface, in one place: each handler parses, makes one call, and answers."""

from fastapi import APIRouter

from persona_lab.server.routes import (
    accounts,
    insights,
    interviews,
    members,
    personas,
    projects,
    talking,
    trash,
    uploads,
    watching,
)

# In the order in which the documentation lists them.
ROUTERS: tuple[APIRouter, ...] = (
    watching.api,
    watching.metrics_api,
    accounts.api,
    projects.api,
    members.api,
    uploads.api,
    interviews.api,
    insights.api,
    personas.api,
    talking.api,
    trash.api,
)
