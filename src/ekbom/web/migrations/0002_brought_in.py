"""When a trial was brought in from a file."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ekbom", "0001_first")]

    operations = [
        migrations.AddField(
            model_name="trialrow",
            name="brought_in",
            field=models.DateTimeField(null=True),
        ),
    ]
