"""Where invented people come from: names, languages and shares that make a demonstration believable."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.codes import Category


@dataclass(frozen=True, slots=True)
class Origin:
    """One origin. ``weight`` is its share in the demonstration, not a statistic."""

    country: str
    languages: tuple[str, ...]
    category: Category
    weight: int
    female_names: tuple[str, ...]
    male_names: tuple[str, ...]
    family_names: tuple[str, ...]


ORIGINS = (
    Origin(
        "UA", ("uk", "ru"), Category.COLLECTIVE_PROTECTION, 46,
        ("Oksana", "Iryna", "Olena", "Kateryna", "Daryna", "Solomiia", "Zlata", "Nadiia", "Liudmyla", "Yuliia"),
        ("Andrii", "Oleksandr", "Mykola", "Taras", "Bohdan", "Dmytro", "Artem", "Serhii", "Maksym", "Danylo"),
        ("Kovalenko", "Shevchenko", "Bondarenko", "Tkachenko", "Kravchuk", "Melnyk", "Lysenko", "Savchenko"),
    ),
    Origin(
        "SY", ("ar",), Category.RESETTLEMENT, 16,
        ("Rana", "Hala", "Nour", "Yasmin", "Layla", "Samar", "Aya", "Rima"),
        ("Ahmad", "Khaled", "Omar", "Yousef", "Tarek", "Bilal", "Hasan", "Fadi"),
        ("al-Khatib", "Haddad", "Najjar", "al-Masri", "Darwish", "Sabbagh", "Kassab"),
    ),
    Origin(
        "AF", ("fa-AF", "ps"), Category.ASYLUM, 10,
        ("Zahra", "Maryam", "Fatima", "Shukria", "Parwana", "Nilofar"),
        ("Mohammad", "Ali Reza", "Farid", "Hamid", "Jawad", "Rahim"),
        ("Rahimi", "Hosseini", "Ahmadi", "Karimi", "Noori", "Haidari"),
    ),
    Origin(
        "ER", ("ti",), Category.ASYLUM, 9,
        ("Selam", "Rahwa", "Helen", "Feven", "Mebrat", "Luwam"),
        ("Yonas", "Filmon", "Samuel", "Merhawi", "Tesfay", "Dawit"),
        ("Tekle", "Ghebremedhin", "Habte", "Woldu", "Kidane", "Mehari"),
    ),
    Origin(
        "CD", ("sw", "fr"), Category.RESETTLEMENT, 11,
        ("Espérance", "Furaha", "Neema", "Divine", "Chantal", "Aline"),
        ("Jean-Pierre", "Emmanuel", "Patrick", "Innocent", "Bahati", "Dieudonné"),
        ("Mukendi", "Kabongo", "Ilunga", "Mwamba", "Bisimwa", "Kasongo"),
    ),
    Origin(
        "SD", ("ar",), Category.RESETTLEMENT, 8,
        ("Amna", "Salma", "Huda", "Ibtisam", "Wafaa"),
        ("Abdelrahman", "Mustafa", "Idris", "Osman", "Yasir"),
        ("Abdalla", "Elamin", "Hamad", "Ibrahim", "Mohamed"),
    ),
)  # fmt: skip

OCCUPATIONS = (
    "Lærer", "Sykepleier", "Bussjåfør", "Elektriker", "Kokk", "Regnskapsmedarbeider", "Syerske", "Bonde", "Snekker",
    "Butikkmedarbeider", "Ingeniør", "Frisør", "Renholder", "Bilmekaniker", "Apotekmedarbeider", "Baker",
)  # fmt: skip

CENTRES = (
    ("Østmarka mottak", "0687", "Oslo"),
    ("Fjordgløtt mottak", "5411", "Stord"),
    ("Sletta mottak", "7044", "Trondheim"),
    ("Nordlys mottak", "9016", "Tromsø"),
    ("Heia mottak", "4823", "Nedenes"),
    ("Elvebredden mottak", "2408", "Elverum"),
)
"""Invented reception centres with real postal codes."""
