"""Style sheets, scripts and fonts under names that change with their content."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Files that a browser may keep for ever, as a changed one has another name."""

    support_js_module_import_aggregation = True
