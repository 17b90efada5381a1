"""An age is read as it is meant, or it is not known."""

import numpy as np
import pytest

from custkit.schemes.ages import age_ends

MEANT = {
    (26, 26): ["26", "26.0", "26.9", "26岁", "26周岁", " 26 years old", "26 yrs", "Age 26", "２６歲"],
    (26, 30): ["26-30", "26~30岁", "26—30", "26～30", "26 to 30 years", "26岁至30岁", "26到30"],
    (60, 120): ["60+", "60岁以上", "60岁及以上", "60(含)以上", "60 and over", "60 or older", "≥60", ">= 60",
                "at least 60", ">59", "over 59", "Older than 59", "大于59", "超过59岁"],
    (0, 24): ["<25", "under 25", "below 25", "younger than 25", "小于25", "不满25", "未满25", "25岁未满", "不到25岁"],
    (0, 25): ["25岁以下", "25及以下", "25以内", "≤25", "<=25", "up to 25", "at most 25", "no more than 25", "不超过25"],
}  # fmt: skip


@pytest.mark.parametrize(("ends", "said"), [(ends, said) for ends, texts in MEANT.items() for said in texts])
def test_ends_are_those_that_are_meant(ends, said):
    assert age_ends(said) == ends


@pytest.mark.parametrize(
    "said", ["80后", "30s", "young", "1985", "40-30", "121", "100-130", "-5", "26/30", "60 plus", "", "nan", "26-30-35"]
)  # fmt: skip
def test_what_could_mean_something_else_is_not_known(said):
    assert np.isnan(age_ends(said)).all()
