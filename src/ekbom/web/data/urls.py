"""The addresses of this part of the application."""

from __future__ import annotations

from django.urls import path

from ekbom.web.data import backups, deleting, moving, trials

urlpatterns = [
    path("data/", moving.data, name="data"),
    path("data/export.zip", moving.export, name="export"),
    path("data/import/", moving.import_trial, name="import_trial"),
    path("data/delete/", deleting.delete, name="delete"),
    path("data/deleted/", deleting.deleted, name="deleted"),
    path("data/backup/", backups.backup, name="backup"),
    path("data/backup/phrase/", backups.new_phrase, name="backup_phrase"),
    path("data/backup/typed/", backups.typed_phrase, name="backup_typed"),
    path("data/backup/folder/", backups.folder, name="backup_folder"),
    path("data/backup/now/", backups.now, name="backup_now"),
    path("data/new/", trials.new_trial, name="new_trial"),
    path("trials/", trials.trials, name="trials"),
    path("trials/<uuid:trial>/", trials.earlier_trial, name="earlier_trial"),
    path("trials/<uuid:trial>/export.zip", trials.earlier_export, name="earlier_export"),
]
