"""Postal addresses down to the house: Korean by road or by lot, English by street, with what belongs to them.

A district, a town or a station alone is no address: many people live there,
and what they say about it is what the study wants to know.
"""

import re
from collections.abc import Iterator

from persona_lab.transcripts.redaction.finds import Find

PROVINCE = (
    r"(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주|충청북|충청남|전라북|전라남|경상북|경상남)"
    r"(?:특별자치시|특별자치도|특별시|광역시|시|도)?"
)
DISTRICT = r"[가-힣]{1,4}(?:시|군|구)"
TOWN = r"[가-힣]{1,5}(?:읍|면|동|리|가)"
INSIDE = (
    r"(?:[,\s]*(?:지하\s?)?\d{1,3}층|[,\s]*(?:제?\d{1,4}|[가-하A-Z])동(?![가-힣])|[,\s]*\d{1,4}호(?!선|기|점|차)|"
    r"[,\s]*[가-힣A-Za-z0-9]{1,12}(?:아파트|빌라|오피스텔|빌딩|맨션|타워)|\s*\([가-힣0-9,\s]{2,20}\))"
)
BLOCK = r"\d{1,4}(?:-\d{1,4})?"
UNIT = r"(?:개|년|월|일|시|분|초|만|천|백|억|원|명|번|회|살|세|퍼|배|위|등|호선|주|권|건|장|점|단계|km|m\b|%)"
HOUSE = rf"{BLOCK}(?:번지|(?!\d|[.,:]\d|\s?{UNIT}))"
# Anchored by its district or province, a road or a lot needs nothing else.
ANCHORED = re.compile(
    rf"(?<![가-힣])(?:{PROVINCE}\s+)?(?:(?:{DISTRICT}|{PROVINCE})\s+){{1,3}}(?:{TOWN}\s+){{0,2}}"
    rf"(?:[가-힣]{{1,8}}(?:\d{{1,3}}(?:번|가))?(?:대로|로|길)(?:\s?\d{{1,4}}(?:번|가|나|다)?(?:안)?길)?\s?{HOUSE}|"
    rf"{TOWN}\s(?:산\s?)?{HOUSE})"
    rf"{INSIDE}{{0,4}}"
)
# Without one, the way the house itself is written must tell.
ROAD = re.compile(
    rf"(?<![가-힣])(?:{TOWN}\s+)?[가-힣]{{1,8}}(?:대로|로|길)\s?(?:\d{{1,4}}(?:번|가|나|다)?(?:안)?길\s?{HOUSE}{INSIDE}{{0,4}}|"
    rf"{HOUSE}{INSIDE}{{1,4}}|\d{{1,4}}(?:-\d{{1,4}})?번지{INSIDE}{{0,4}})"
)
LOT = re.compile(rf"(?<![가-힣]){TOWN}\s(?:산\s?)?\d{{1,4}}(?:-\d{{1,4}})?번지{INSIDE}{{0,4}}")
FLAT = re.compile(
    r"(?<![가-힣\d])(?:[가-힣A-Za-z]{1,10}\s?\d?(?:아파트|빌라|오피스텔|맨션|마을|단지|캐슬|자이|래미안|푸르지오|힐스테이트|아이파크)\s?)?"
    r"(?:\d{1,2}단지\s?)?\d{1,4}동\s?\d{1,4}호(?!선|기|점|차)"
    r"|(?<![가-힣\d])[가-힣A-Za-z]{1,10}(?:아파트|빌라|오피스텔|맨션|빌딩)\s?(?:\d{1,4}동\s?)?\d{1,4}호(?!선|기|점|차)"
)

DIGIT = re.compile(r"\d")
HANGUL = re.compile(r"[가-힣]")

STREET_WORD = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Way|Terrace|Square|Sq|Close|"
    r"Crescent|Parkway|Pkwy|Highway|Hwy|Mews|Gardens|Grove|Circle|Trail|Row)"
)
POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|"
    r"O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
)
TAIL = (
    rf"(?:,?\s+(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|#)\.?\s?#?[A-Za-z]?\d{{0,5}}[A-Za-z]?\b)?"
    rf"(?:,\s+[A-Z][a-z]+(?:\s[A-Z][a-z]+){{0,2}})?"
    rf"(?:,?\s+{STATE}\b(?:\s+\d{{5}}(?:-\d{{4}})?\b)?)?(?:,?\s+{POSTCODE}\b)?"
)
STREET = re.compile(
    rf"(?<![\w$€£.,-])(?:(?:Flat|Apartment|Apt|Unit|Suite)\s?\d{{1,4}}[A-Za-z]?,?\s+)?\d{{1,5}}[A-Za-z]?\s+"
    rf"(?:[NSEW]\.?\s+|North\s+|South\s+|East\s+|West\s+)?"
    rf"(?:(?:[A-Z][A-Za-z']+|\d{{1,3}}(?:st|nd|rd|th))\.?\s+){{1,3}}?{STREET_WORD}\b\.?{TAIL}"
)
PO_BOX = re.compile(rf"\bP\.?\s?O\.?\s?Box\s+\d{{1,6}}\b{TAIL}", re.IGNORECASE)
ZIP = re.compile(rf"\b[A-Z][a-z]+(?:\s[A-Z][a-z]+){{0,2}},?\s+{STATE}\s+\d{{5}}(?:-\d{{4}})?\b")
BRITISH = re.compile(rf"\b{POSTCODE}\b")
BRITISH_AREA = re.compile(
    r"(?:A[BL]|B[ABDHLNRST]?|C[ABFHMORTVW]|D[ADEGHLNTY]|E[CHNX]?|F[KY]|G[LU]?|H[ADGPRSUX]|I[GPV]|K[ATWY]|L[ADELNSU]?|M[EKL]?|"
    r"N[EGNPRW]?|O[LX]|P[AEHLOR]|R[GHM]|S[AEGKLMNOPRSTWY]?|T[ADFNQRSW]|UB|W[ACDFNRSV]?|YO|ZE)(?=\d)"
)


def find_addresses(text: str) -> Iterator[Find]:
    """Yield the addresses in text that went through `plain`."""
    if not DIGIT.search(text):
        return
    korean = (ANCHORED, ROAD, LOT, FLAT) if HANGUL.search(text) else ()
    for pattern in (*korean, STREET, PO_BOX, ZIP):
        for found in pattern.finditer(text):
            if pattern is STREET and _is_year(found[0]):
                continue
            yield _find(found)
    for found in BRITISH.finditer(text):
        if BRITISH_AREA.match(found[0]):
            yield _find(found)


def _is_year(address: str) -> bool:
    """Whether "in 2019 Oxford Street …" begins with a year: no more of it says that it is an address."""
    return bool(re.match(r"(?:19|20)\d\d\s", address)) and not re.search(r",|\d\D*\d{5}", address[5:])


def _find(found: re.Match[str]) -> Find:
    stripped = found[0].rstrip(" ,.")
    key = " ".join(re.sub(r"[,.]", " ", stripped).casefold().split())
    return Find(found.start(), found.start() + len(stripped), "address", key)
