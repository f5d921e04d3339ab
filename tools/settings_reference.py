"""Writes the table of settings in docs/reference/settings.md from the settings themselves."""

from pathlib import Path

from server.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"
BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"


def table() -> str:
    """One row a setting: name, default, what it does."""
    rows = ["| setting | default | what it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in ("", None) else f"`{field.default}`"
        rows.append(f"| `EBB_{name.upper()}` | {default or 'empty'} | {field.description} |")
    return "\n".join(rows)


def with_table(page: str) -> str:
    """The page with its table as it must be."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> None:
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
