"""Every column of every table by the headers of real exports, in simplified and traditional Chinese and English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custkit import schema
from custkit.ingest import headers

# column: how a mainland shop, a Taiwan or Hong Kong shop and an English one write it, units and marks and all.
COMMON = {
    "customer_id": ("客户编号*", "客戶編號", "CustomerID"),
    "product_id": ("商品编码", "貨號", "Lineitem sku"),
    "product": ("宝贝标题", "商品名稱", "Product Name"),
    "category": ("商品类目", "商品類別", "Product_Category"),
    "brand": ("品牌名称", "品牌名稱", "Vendor"),
    "channel": ("销售渠道", "銷售通路", "salesChannel"),
    "region": ("所在省份", "銷售區域", "State/Province"),
    "cost": ("成本金额(元)", "總成本（元）", "Total Cost (USD)"),
    "date": ("日期", "建立日期", "Created At"),
    "kind": ("类型", "類型", "Type"),
    "text": ("投诉内容", "建議意見", "Comments"),
    "source": ("来源", "來源", "Source"),
    "respondent_id": ("受访者编号", "問卷編號", "Respondent"),
    "period": ("统计周期", "期間", "Month"),
    "gender": ("性别", "性別", "Sex"),
    "city_tier": ("城市等级", "城市級別", "City Level"),
    "satisfaction": ("满意度评分(1-5分)", "滿意度評分(1-5分)", "Satisfaction Score (1-5)"),
    "strategy": ("策略名称", "策略名稱", "Strategy Name"),
    "kpi": ("关键指标(KPI)", "關鍵指標(KPI)", "Key Metric"),
}
OWN = {
    "orders": {
        "order_id": ("订单编号", "訂單編號", "Order No."),
        "order_date": ("订单创建时间", "下單時間", "Order Date"),
        "amount": ("买家实际支付金额", "實付金額(元)", "Net Value"),
        "quantity": ("商品数量/件", "訂購數量", "Qty"),
        "unit_price": ("商品单价（元）", "單價/元", "Unit Price"),
        "discount": ("优惠金额(元)", "折扣金額", "Discount Amount"),
        "campaign": ("促销活动", "行銷活動", "Campaign Name"),
    },
    "customers": {
        "name": ("姓名*", "客戶姓名", "Account Name"),
        "phone": ("联系手机", "聯絡電話", "Mobile No."),
        "email": ("电子邮箱", "電子信箱", "E-mail Address"),
        "birth_date": ("出生日期", "會員生日", "Date of Birth"),
        "age": ("年龄(岁)", "年齡層", "Age Group"),
        "city": ("所在城市", "所屬城市", "Billing City"),
        "area": ("城乡类型", "城鄉", "urban/rural"),
        "industry": ("所属行业", "行業(yè)", "Industry"),
        "occupation": ("职业类别", "職業", "Job Title"),
        "income": ("收入水平", "收入區間", "Annual Income (USD)"),
        "education": ("最高学历", "學歷", "Education Level"),
        "size": ("企业规模", "公司規模", "Number of Employees"),
        "registered_on": ("注册时间", "註冊時間", "Registration Date"),
        "source": ("客户来源", "獲客渠道", "Lead Source"),
        "consent": ("是否同意营销", "行銷同意", "Accepts Email Marketing"),
    },
    "customer_values": {
        "last_order": ("最近消费日期", "最近消費日期", "Last Purchase Date"),
        "recency_days": ("最近消费天数(天)", "最近消費天數", "Days Since Last Order"),
        "n_orders": ("消费频次(次)", "消費頻次(次)", "Total Orders"),
        "spend": ("累计消费金额(元)", "累計消費金額(元)", "Total Spent"),
        "top_category": ("偏好品类", "偏好品類", "Favorite Category"),
    },
    "feedback": {
        "date": ("反馈时间", "調查日期", "Feedback Date"),
        "recommend": ("推荐意愿(NPS值)", "推薦意願", "Likelihood to recommend"),
        "responded_at": ("首次响应时间", "首次回應時間", "First Response At"),
        "resolved_at": ("解决时间", "結案時間", "Closed At"),
    },
    "survey_items": {
        "item": ("题号", "題號", "Question ID"),
        "construct": ("维度", "維度", "Dimension"),
        "reversed": ("是否反向计分", "反向計分", "Reverse-coded"),
        "text": ("题目内容", "題目內容", "Question Text"),
    },
    "activity": {
        "date": ("访问时间", "瀏覽時間", "event_timestamp"),
        "kind": ("行为类型", "行為類型", "Event Type"),
        "seconds": ("停留时长(秒)", "停留時長(秒)", "Duration (s)"),
        "topic": ("话题", "話題", "Topic"),
    },
    "brands": {
        "attribute": ("评价指标", "評價指標", "Attribute"),
        "score": ("评分", "評分", "Score"),
        "is_own": ("是否自有品牌", "是否自有", "Own Brand"),
        "source": ("数据来源", "資料來源", "Data Source"),
        "as_of": ("评分日期", "截止日期", "As of date"),
        "price_level": ("价格档次", "價格檔次", "Price Tier"),
        "tier_served": ("目标市场", "目標市場", "Target Market"),
        "strategy_type": ("营销策略", "行銷策略", "Marketing Strategy"),
    },
    "brand_use": {
        "share_of_purchases": ("购买占比(%)", "購買佔比", "Purchase Share"),
        "switched_from": ("转自品牌", "轉自品牌", "Previous Brand"),
    },
    "market": {
        "sales": ("销售额(万元)", "銷售額(萬元)", "Sales Value"),
        "marketing": ("营销费用(万元)", "廣告費用", "Ad Spend"),
    },
    "population": {
        "age_band": ("年龄段", "年齡段", "Age Group"),
        "income_band": ("收入区间", "收入區間", "Income Group"),
        "people": ("人数(人)", "人口數", "Population"),
    },
    "actuals": {
        "arm": ("实验组别", "組別", "Test Group"),
        "n": ("样本量", "樣本數", "Sample size"),
        "value": ("实际值", "實際值", "Actual Value"),
    },
    "plan_given": {
        "target_group": ("客户群体类型", "客戶群體類型", "Customer Group"),
        "insight": ("分析洞察(示例)", "分析洞察", "Insight"),
        "content": ("具体内容", "具體內容", "Content"),
        "resources": ("执行资源", "執行資源", "Resources"),
        "department": ("执行部门", "執行部門", "Department"),
        "owner": ("负责人*", "負責人", "Owner"),
        "start": ("计划执行时间", "計劃執行時間", "Start Date"),
        "end": ("结束时间", "結束時間", "Deadline"),
        "expected_effect": ("预期效果", "預期效果", "Expected Result"),
        "actual_effect": ("实际效果(跟踪填写)", "實際效果", "Actual Result"),
        "target": ("目标值", "目標值", "Target"),
        "actual": ("实际值", "實際值", "Actual Value"),
        "attainment": ("达成率", "達成率", "Attainment"),
        "gap": ("差异分析(可选)", "差異分析", "Gap Analysis"),
        "adjustment": ("调整措施(可选)", "調整措施", "Adjustment"),
    },
}

COLUMNS = [(table, column) for table, columns in schema.INPUTS.items() for column in columns]
WORDS = [
    (table, column, header)
    for table, column in COLUMNS
    for header in OWN.get(table, {}).get(column) or COMMON[column]
]


@pytest.mark.parametrize(("table", "column", "header"), WORDS)
def test_each_column_in_three_languages(table, column, header):  # mission 1, mission 163, fault 18
    assert headers.match([header], table).columns == {column: 0}


def test_no_word_of_a_table_stands_for_two_columns():
    every = headers.aliases()
    twice = [
        (table, word, column, other)
        for table in schema.INPUTS
        for column, words in every[table].items()
        for other, others in every[table].items()
        if column < other
        for word in words.keys() & others.keys()
    ]
    assert twice == []


ALIASES = sorted(
    {word for table in schema.INPUTS for words in headers.aliases()[table].values() for word in words}
)
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@given(
    st.sampled_from(ALIASES),
    st.sampled_from(["", "(元)", "（次）", "(1-5分)", "/元", " (yè)", "*", "：", " [USD]"]),
    st.booleans(),
    st.booleans(),
)
def test_width_case_blanks_and_units_change_nothing(word, unit, is_upper, is_wide):  # fault 18, T25
    written = f"  {word.upper() if is_upper else word}{unit} "
    assert headers.key(written.translate(FULL_WIDTH) if is_wide else written) == headers.key(word)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("行業(yè)", "行業"), ("產(chǎn)品名稱", "產品名稱"), ("業(yè)務日期（必填）", "業務日期")],
)
def test_pinyin_in_brackets_is_as_if_it_were_not_there(written, meant):  # T25
    assert headers.key(written) == headers.key(meant)


@pytest.mark.parametrize(
    "header", ["金额(退款)", "Amount (refund)", "数量(退货)", "金額(預算)", "Amount (last year)"]
)
def test_a_note_that_makes_another_thing_of_it_is_no_unit(header):
    assert headers.match([header], "orders").columns == {}


@pytest.mark.parametrize(
    ("header", "column", "factor"),
    [
        ("销售额万元", "sales", 10_000),
        ("金额/千元", "amount", 1_000),
        ("时长(分钟)", "seconds", 60),
        ("时长(分)", "seconds", 60),
        ("评分(分)", "score", 1),
        ("金额(分)", "amount", "0.01"),
    ],
)
def test_a_unit_counts_as_what_the_column_makes_of_it(header, column, factor):
    assert str(headers.unit(header, column)) == str(factor)


def test_the_name_beside_the_number_is_no_second_id():
    match = headers.match(["客户编码", "客户"], "orders")
    assert (match.columns, match.doubts) == ({"customer_id": 0}, {})
    assert headers.match(["客户"], "orders").columns == {"customer_id": 0}


TABLE_1 = "客户编号 姓名* 性别 年龄 地区 行业 注册时间 累计消费金额(元) 消费频次(次) 最近消费日期 偏好品类 满意度评分(1-5分)"
TABLE_2 = "客户群体类型 分析洞察(示例) 策略内容 执行部门 负责人* 计划执行时间 预期效果 实际效果(跟踪填写)"
TABLE_3 = "策略名称 关键指标(KPI) 目标值 实际值 达成率 差异分析(可选) 调整措施(可选)"


@pytest.mark.parametrize(
    ("names", "tables"),
    [(TABLE_1, ("customers", "customer_values")), (TABLE_2, ("plan_given",)), (TABLE_3, ("plan_given",))],
)
def test_every_header_of_document_002_is_a_column(names, tables):  # mission 61, mission 127, mission 128
    every = names.split(" ")
    found = {at for table in tables for at in headers.match(every, table).columns.values()}
    assert found == set(range(len(every)))


@pytest.mark.parametrize(
    ("export", "columns"),
    [
        pytest.param(
            "订单编号 买家会员名 订单创建时间 订单付款时间 买家实际支付金额 宝贝标题 宝贝总数量 收货人姓名",
            "order_id customer_id order_date amount product quantity",
            id="Taobao",
        ),
        pytest.param(
            "订单号 用户账号 下单时间 商品ID 商品名称 订购数量 京东价 订单来源",
            "order_id customer_id order_date product_id product quantity unit_price channel",
            id="JD",
        ),
        pytest.param(
            "单据编号 单据日期 客户编码 客户 物料编码 物料名称 实发数量 含税单价 价税合计",
            "order_id order_date customer_id product_id product quantity unit_price amount",
            id="Kingdee",
        ),
        pytest.param(
            "SalesDocument|Sold-to party|Document Date|Material|Material Description|Order Quantity|Net Value|Distribution Channel|Material Group",
            "order_id customer_id order_date product_id product quantity amount channel category",
            id="SAP",
        ),
        pytest.param(
            "Customer ID|Created at|Lineitem quantity|Lineitem name|Lineitem price|Lineitem sku|Vendor|Discount Amount|Total|Email",
            "customer_id order_date quantity product unit_price product_id brand discount amount",
            id="Shopify",
        ),
    ],
)
def test_exports_of_shops_and_books_need_no_mapping(export, columns):  # mission 1
    names = export.split("|") if "|" in export else export.split(" ")
    match = headers.match(names, "orders")
    assert (set(match.columns), match.doubts, match.missing("orders")) == (set(columns.split()), {}, [])
