"""The link of a trial's helper."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ekbom", "0002_brought_in")]

    operations = [
        migrations.CreateModel(
            name="HelperLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("made", models.DateTimeField()),
                ("begun", models.DateTimeField(null=True)),
                ("used", models.DateTimeField(null=True)),
                ("session_hash", models.CharField(default="", max_length=64)),
                ("turn", models.PositiveIntegerField(default=0)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "trial",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="helper_link",
                        to="ekbom.trialrow",
                    ),
                ),
            ],
        ),
    ]
