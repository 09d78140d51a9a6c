"""Interviews of people in a few trades, for tests of groups, places and portraits."""

from collections.abc import Callable

from persona_lab.engines.personas.told import Told, told
from persona_lab.models import Transcript

Make = Callable[..., Transcript]

BAKERS = (
    "I bake bread in the oven every morning before the shop opens. The dough for the sourdough rests all night.",
    "My bakery sells bread and pastry. I knead the dough by hand, and the oven is old and slow.",
    "The flour is expensive now. I usually bake forty loaves of bread, and the pastry dough goes into the oven last.",
    "I want to make sure that the bread is warm when people come. My oven burns the dough at the back.",
)
NURSES = (
    "On the ward I care for twelve patients. I usually check the medication chart twice before the doctor comes.",
    "As a nurse in the hospital I give patients their medication. The night shift on the ward is exhausting.",
    "Patients ring the bell on the ward all night. The doctor writes the medication on paper and I can't read it.",
    "My shift in the hospital begins with the medication round. I want to make sure that every patient is safe.",
)
BAKERS_KO = (
    "저는 새벽마다 오븐에 빵을 굽습니다. 반죽은 밤새 숙성시켜요.",
    "빵집을 하는데 밀가루 반죽을 손으로 치대고 오븐에 넣어요.",
    "빵이 따뜻할 때 팔고 싶어요. 오븐이 오래돼서 반죽이 자주 탑니다.",
    "밀가루 값이 올라서 빵 값을 올렸어요. 오븐도 새로 사야 해요.",
)
NURSES_KO = (
    "병동에서 환자 열두 명을 돌봅니다. 투약 기록을 매번 두 번 확인해요.",
    "병원 간호사인데 야간 근무에 환자 투약이 제일 힘들어요.",
    "환자들이 밤새 벨을 눌러요. 의사가 투약 지시를 종이에 써서 못 읽겠어요.",
    "병원 근무는 투약 준비로 시작해요. 환자가 안전한지 꼭 확인합니다.",
)


def people(make: Make, texts: tuple[str, ...], name: str, language: str = "en") -> list[Told]:
    """Return an interview of each text; all were asked the same, in words of their own trade's opposite."""
    asked = "Do you work in a hospital or in a bakery?" if language == "en" else "병원에서 일하세요, 빵집에서 일하세요?"
    return [
        told(f"{name}-{at}", f"{name} {at}", make(f"Q: {asked}", f"P: {text}", language=language))
        for at, text in enumerate(texts)
    ]
