"""What customers write: sentences by class of complaint, suggestions and remarks, put together from parts."""

import numpy as np

# Half of the sentences of a class name it in so many words; the others say it as people do.
COMPLAINTS = {
    "delivery": (
        "物流太慢，{days}天才到", "快递一直没有更新，等了{days}天", "包装破损，箱子都压扁了", "送货员没打电话就放在门口", "下单{days}天了还没发货",
        "配送超时，冰的都化了", "说好次日达，{days}天了还在路上", "到现在还没收到", "收到的时候袋子已经裂开了", "约好上午来，结果晚上才来", "地址写得很清楚还是送错了",
        "物流信息停了{days}天，没人管",
    ),
    "quality": (
        "质量太差，用了{days}天就坏了", "{thing}有瑕疵，做工粗糙", "和图片不一样，色差很大", "味道不对，怀疑快过期了", "{thing}有异味", "才用两次就开线了",
        "打开就是坏的", "买回来{days}天就不能用了", "质量不如以前", "材质很薄，一洗就变形", "屏幕有划痕，像是别人退回来的",
    ),
    "service": (
        "客服不回复", "客服态度很差", "售后推来推去，没人解决", "打了三次电话没人接", "退货申请{days}天没处理", "店员爱理不理", "问了{days}天，每次都让我等",
        "说会回电，一直没有", "售后说不归他们管", "换个人就要从头再讲一遍", "门店收银排队太久，没人管",
    ),
    "price": (
        "刚买{days}天就降价了", "价格比别家贵", "优惠券用不了", "结账价格和标价不一致", "同样的{thing}，隔壁便宜一半", "说满减，最后没减", "会员价还不如普通价",
        "越来越贵，不值这个钱", "多收了钱还没退", "活动规则看不懂，白凑单了",
    ),
    "other": (
        "APP老是闪退", "密码改不了，登不上去", "积分少了", "发票开错抬头", "短信太多，想退订也退不了", "停车不方便", "门店找不到{thing}", "页面一直转圈", "账号被别人登录过",
        "店里太吵",
    ),
}  # fmt: skip
SUGGESTIONS = (
    "希望增加{thing}的品类", "建议门店早点开门", "希望支持送货到楼上", "建议积分可以换{thing}", "包装可以再简单一些", "希望有更多小包装", "建议增加自助收银",
    "希望APP能看到门店库存", "希望会员日多一些", "建议出一个{thing}的订阅",
)  # fmt: skip
PRAISE = ("很满意", "{thing}不错，下次还来", "送货很快", "店员很热情", "价格实惠", "一如既往的好")  # fmt: skip
NEUTRAL = ("还可以", "一般般", "没什么特别的", "正常")
GRUMBLES = ("有点失望", "不会再来了", "跟以前差远了", "不太满意")
THINGS = ["杯子", "外套", "零食", "耳机", "面霜", "毛巾", "帐篷", "绘本", "奶瓶", "咖啡"]
ENDINGS = ("", "", "", "。", "！", "，请尽快处理。", "，很失望。", "，希望改进。")
MOODS = ("", "，谢谢。", "。", "！")


def written(rng: np.random.Generator, patterns: tuple[str, ...], count: int, endings=ENDINGS) -> np.ndarray:
    """That many texts, each from one of the patterns, with its own details and ending."""
    days, things = rng.integers(2, 13, count), rng.integers(0, len(THINGS), count)
    which, ends = rng.integers(0, len(patterns), count), rng.integers(0, len(endings), count)
    texts = np.empty(count, object)
    for place in range(count):
        text = patterns[which[place]].format(days=days[place], thing=THINGS[things[place]])
        texts[place] = text + endings[ends[place]]
    return texts
