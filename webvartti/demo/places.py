"""Invented organisations, registration points and addresses. Counties, towns and postal codes are real, streets are not."""

from __future__ import annotations

COUNTIES: tuple[tuple[str, str, str], ...] = (
    ("Etelä-Karjala", "53100", "Lappeenranta"),
    ("Etelä-Pohjanmaa", "60100", "Seinäjoki"),
    ("Etelä-Savo", "50100", "Mikkeli"),
    ("Helsinki", "00100", "Helsinki"),
    ("Itä-Uusimaa", "06100", "Porvoo"),
    ("Kainuu", "87100", "Kajaani"),
    ("Kanta-Häme", "13100", "Hämeenlinna"),
    ("Keski-Pohjanmaa", "67100", "Kokkola"),
    ("Keski-Suomi", "40100", "Jyväskylä"),
    ("Keski-Uusimaa", "05800", "Hyvinkää"),
    ("Kymenlaakso", "48100", "Kotka"),
    ("Lappi", "96100", "Rovaniemi"),
    ("Länsi-Uusimaa", "02100", "Espoo"),
    ("Pirkanmaa", "33100", "Tampere"),
    ("Pohjanmaa", "65100", "Vaasa"),
    ("Pohjois-Karjala", "80100", "Joensuu"),
    ("Pohjois-Pohjanmaa", "90100", "Oulu"),
    ("Pohjois-Savo", "70100", "Kuopio"),
    ("Päijät-Häme", "15100", "Lahti"),
    ("Satakunta", "28100", "Pori"),
    ("Vantaa ja Kerava", "01300", "Vantaa"),
    ("Varsinais-Suomi", "20100", "Turku"),
)
"""Wellbeing services county (or Helsinki), and the postal code and post office of its registration point."""

STREETS: tuple[str, ...] = (
    "Korttikatu",
    "Vartintie",
    "Sirupolku",
    "Avainkuja",
    "Lukijantie",
    "Tunnuskatu",
    "Varmennepolku",
    "Leimakuja",
    "Postitorventie",
    "Odotuskatu",
)

HOURS: tuple[str, ...] = ("ma-pe 8-15", "ma-to 9-15", "ti ja to 8.30-16", "ma-pe 7.30-14")

ORGANISATIONS: tuple[tuple[str, str, str], ...] = (
    ("Kuvitteellinen keskussairaala", "00100", "Helsinki"),
    ("Saarnirannan sairaala", "33100", "Tampere"),
    ("Revontulten keskussairaala", "96100", "Rovaniemi"),
    ("Tuulimyllyn sairaala", "20100", "Turku"),
    ("Kolmen Kosken kuntoutussairaala", "33100", "Tampere"),
    ("Pihlajapihan terveysasema", "40100", "Jyväskylä"),
    ("Suvantolahden terveysasema", "70100", "Kuopio"),
    ("Hopeahaavan hyvinvointiasema", "90100", "Oulu"),
    ("Åsunds hälsostation", "65100", "Vaasa"),
    ("Kettuvuoren apteekki", "15100", "Lahti"),
    ("Norppalahden apteekki", "53100", "Lappeenranta"),
    ("Käpytikan hammashoitola", "80100", "Joensuu"),
    ("Lumikellon sosiaaliasema", "06100", "Porvoo"),
    ("Bittipaja terveydenhuollon tietotekniikka", "02100", "Espoo"),
)
"""Name, postal code and post office. The first employs the demo's staff cards, the last its actor cards."""

SURNAMES: tuple[str, ...] = (
    "Halavanoja",
    "Harmaalintu",
    "Hiidensalmi",
    "Huurremetsä",
    "Kaislaranta",
    "Kanervakorpi",
    "Kivikesä",
    "Kuunsilta",
    "Lehtovuori",
    "Lumivaara",
    "Marjamättö",
    "Niittysuo",
    "Pajunvarpu",
    "Pihlajapuro",
    "Routasalmi",
    "Saarnilehto",
    "Suvituuli",
    "Syyskangas",
    "Talvisuo",
    "Tervakuusi",
    "Tyrskyluoto",
    "Ukonhattu",
    "Valkovuokko",
    "Vehkaoja",
    "Vuorenkaiku",
    "Yöpolku",
)
"""Surnames for the holders whose story needs none in particular."""
