"""What the database keeps: the same entries, doses and events as a trial's folder, row by row."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    """Somebody who keeps a diary; on a machine of one's own there is one, without a password."""

    language = models.CharField(max_length=8, default="")
    theme = models.CharField(max_length=8, default="")
    dose_at = models.TimeField(null=True)
    diary_at = models.TimeField(null=True)


class TrialRow(models.Model):
    """One trial of a person, or the diary they keep before one.

    ``registered`` is false while it is a diary only.  ``version`` counts the changes, so that what
    was read once can be used again.  ``closed`` is set when the person begins another one.
    ``brought_in`` is set where it came from a file: the files of a trial that is over stay as they
    are, so nothing in them can say so.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="trials")
    created = models.DateTimeField()
    registered = models.BooleanField(default=False)
    closed = models.DateTimeField(null=True)
    brought_in = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    @property
    def state(self) -> str:
        """Return what a page was drawn from: another word after every change."""
        return f"{self.pk}-{self.version}"

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["owner"],
                condition=models.Q(closed=None),
                name="one_open_trial_for_each_person",
            ),
        )


class FileRow(models.Model):
    """A file of a trial as it is: trial.toml, those of the allocation, an imported diary.csv."""

    trial = models.ForeignKey(TrialRow, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=40)
    data = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["trial", "name"], name="one_file_of_each_name"),
        )


class EntryRow(models.Model):
    """One answer, never changed: a line of entries.csv."""

    trial = models.ForeignKey(TrialRow, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    entry = models.CharField(max_length=200)
    received = models.DateTimeField()
    instant = models.DateTimeField()
    zone = models.CharField(max_length=64)
    device = models.CharField(max_length=80)
    night = models.DateField()
    item = models.CharField(max_length=80)
    value = models.FloatField(null=True)
    late = models.BooleanField()
    replaces = models.CharField(max_length=200)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["trial", "position"], name="one_entry_a_position"),
            models.UniqueConstraint(fields=["trial", "entry"], name="one_entry_an_id"),
        )


class DoseRow(models.Model):
    """One dose as it was taken: a line of doses.csv."""

    trial = models.ForeignKey(TrialRow, on_delete=models.CASCADE, related_name="doses")
    position = models.PositiveIntegerField()
    night = models.DateField()
    instant = models.DateTimeField(null=True)
    zone = models.CharField(max_length=64)
    pack = models.PositiveIntegerField(null=True)
    capsules = models.FloatField(null=True)
    mg = models.FloatField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["trial", "position"], name="one_dose_a_position"),
        )


class EventRow(models.Model):
    """One link of the chain of events: a line of events.csv."""

    trial = models.ForeignKey(TrialRow, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    instant = models.DateTimeField()
    zone = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    detail = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["trial", "number"], name="one_event_a_number"),
        )


class Submission(models.Model):
    """What a device or a form sent, by the id that it was given there: sent twice, done once.

    ``content`` is a mark of what it said, so that the same id with other words is noticed; empty
    where that is not known.
    """

    trial = models.ForeignKey(TrialRow, on_delete=models.CASCADE, related_name="submissions")
    key = models.CharField(max_length=80)
    content = models.CharField(max_length=80, default="")
    received = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["trial", "key"], name="one_submission_a_key"),
        )


class Draft(models.Model):
    """What a person said on the way to a trial; kept, so that nothing is typed twice."""

    owner = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="draft")
    said = models.JSONField(default=dict)


class Device(models.Model):
    """A browser that may see a person's diary: this machine's, or a paired phone's.

    ``wipe`` says that what it keeps is to go, as it was deleted here; it is told at its next call.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="devices")
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    paired = models.DateTimeField()
    last_contact = models.DateTimeField()
    unsent = models.PositiveIntegerField(default=0)
    removed = models.DateTimeField(null=True)
    wipe = models.BooleanField(default=False)


class PairingCode(models.Model):
    """A code that pairs one phone, once, for ten minutes."""

    owner = models.ForeignKey(Person, on_delete=models.CASCADE)
    code_hash = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField()
    used = models.DateTimeField(null=True)


class OneTimeLink(models.Model):
    """A link with which somebody sets their password, once, for 24 hours."""

    owner = models.ForeignKey(Person, on_delete=models.CASCADE)
    token_hash = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField()
    used = models.DateTimeField(null=True)


class HelperLink(models.Model):
    """The one link of a trial that works for its helper, and the visit that it was opened for.

    ``session_hash`` is of the secret that the helper's browser holds; empty before it is opened and
    after it is ended.  ``sealed`` is a drawn order that its helper has not proved to be able to
    open yet, closed; ``turn`` counts how often one was asked for, and later how often the list was.
    """

    trial = models.OneToOneField(TrialRow, on_delete=models.CASCADE, related_name="helper_link")
    token_hash = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField()
    begun = models.DateTimeField(null=True)
    used = models.DateTimeField(null=True)
    session_hash = models.CharField(max_length=64, default="")
    turn = models.PositiveIntegerField(default=0)
    sealed = models.BinaryField(default=b"")


class Picture(models.Model):
    """A figure or a verdict that was worked out, by what it was worked out from."""

    trial = models.ForeignKey(TrialRow, on_delete=models.CASCADE, related_name="pictures")
    key = models.CharField(max_length=120)
    made = models.DateTimeField()
    data = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["trial", "key"], name="one_picture_a_key"),)


class Setting(models.Model):
    """Something that this installation remembers, such as when the last backup was made."""

    name = models.CharField(max_length=80, primary_key=True)
    value = models.TextField()
