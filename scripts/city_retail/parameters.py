"""Every number that is planted in the sample, with its unit: change it here, run the package, and the truth follows."""

from dataclasses import dataclass

BLOCK = 3000  # customers that are made together, a multiple of the slots of all regions
FIRST_DAY, LAST_DAY = "2023-01-01", "2025-12-31"  # of orders, both included
CHANNELS = ("store", "app", "web")
CONSTRUCTS = ("rational", "emotional", "functional", "image")
BRANDS = ("Yunfan", "Hexin", "Minglou", "Suyuan", "Baichuan")
OWN = BRANDS[0]


@dataclass(frozen=True)
class BehaviourType:
    """A latent customer type: how often, for how long, how much, and at what price."""

    name: str
    share: float  # of customers, the same in every region
    orders_per_year: float  # mean of the Gamma of purchase rates, while a customer is alive
    rate_shape: float  # of that Gamma; larger: customers of the type are more alike
    dropout: float  # mean of the Beta of the chance to leave after a purchase of average satisfaction
    dropout_size: float  # a + b of that Beta
    order_value: float  # CNY, mean over customers of the mean value of an order
    value_shape: float  # of the Gamma behind a customer's mean (inverse gamma: scale over Gamma)
    order_shape: float  # of the Gamma of order values around a customer's mean
    discounted: float  # share of orders bought at a discount
    satisfaction: float  # points on the scale of 1 to 5, off the mean


TYPES = (
    BehaviourType("regulars", 0.24, 6.6, 40.0, 0.004, 60.0, 160.0, 50.0, 5.0, 0.20, 0.10),
    BehaviourType("big_baskets", 0.20, 1.5, 40.0, 0.006, 60.0, 2400.0, 50.0, 6.0, 0.12, 0.05),
    BehaviourType("bargain_hunters", 0.26, 2.3, 40.0, 0.006, 60.0, 26.0, 50.0, 5.0, 0.80, 0.00),
    BehaviourType("fading", 0.30, 4.0, 8.0, 0.54, 16.0, 150.0, 24.0, 3.0, 0.22, -0.25),
)


@dataclass(frozen=True)
class Region:
    """What a region is like where it is not typical."""

    name: str
    slots: int  # of 30 customers in a row
    order_value: float = 1.0  # times the typical value of an order
    rate: float = 1.0  # times the typical purchase rate
    online_first: float = 0.15  # share of customers who buy online on the first day
    online_last: float = 0.15  # and on the last; those who move do so at an even pace
    dropout: float = 0.0  # on the logit of the chance to leave after a purchase
    satisfaction: float = 0.0  # points on the scale of 1 to 5
    late_first: float = 0.12  # share of deliveries that come late or damaged, first day
    late_last: float = 0.12  # last day, a straight line between


REGIONS = (
    Region("East", 8),
    Region("South", 7, order_value=0.38, rate=1.4, online_first=0.60, online_last=0.97),
    Region("Central", 6),
    Region("North", 5, order_value=1.3),
    Region("West", 4, dropout=0.8, satisfaction=-0.2, late_first=0.18, late_last=0.42),
)


@dataclass(frozen=True)
class Habits:
    """What holds for everybody: satisfaction, leaving, channels, baskets, refunds."""

    satisfaction: float = 4.05  # mean of an order that comes in time, scale of 1 to 5
    satisfaction_customer: float = 0.35  # standard deviation between customers
    satisfaction_order: float = 0.75  # and between the orders of one
    late_costs: float = 1.3  # points that a late delivery takes off
    dropout_slope: float = -1.0  # on the logit of the chance to leave, per point of satisfaction off the mean
    online_if_online: float = 0.95  # share of orders placed online by customers who buy online
    online_if_store: float = 0.04  # and by the others
    app_of_online: float = 0.75  # share of online customers who use the app, not the web
    online_value: float = 1.28  # times the value of an order, when it is placed online
    never_order: float = 0.07  # share of customers who register and do not buy
    refunds_only: float = 0.002  # share of customers with nothing but a refund from before the first day
    first_order_days: float = 12.0  # mean days from registration to the first order
    lines: tuple[float, ...] = (0.76, 0.18, 0.05, 0.01)  # shares of orders with 1, 2, 3, 4 lines
    refunded: float = 0.03  # share of lines sent back
    refund_days: float = 25.0  # mean days until then
    refund_own_id: float = 0.4  # share of refunds booked under an order id of their own
    discount_steps: tuple[float, ...] = (0.10, 0.15, 0.20, 0.30)  # of the list price, equally often
    answers: float = 0.16  # share of orders after which a survey is answered
    complains: tuple[float, ...] = (0.36, 0.20, 0.08, 0.015, 0.004)  # share of orders, by satisfaction 1 to 5
    suggests: float = 0.03  # share of orders


@dataclass(frozen=True)
class Niche:
    """Few customers, growing fast, with a high margin: they buy Outdoor."""

    age_band: str = "56-65"
    city_tier: str = "tier 2"
    category: str = "Outdoor"
    share_of_lines: float = 0.75  # in that category
    growth: float = 3.2  # times the purchase rate, from the first day of `year` on
    year: int = 2025


@dataclass(frozen=True)
class Places:
    """Who lives where: shares of the population, and of it who are customers."""

    age_bands: tuple[str, ...] = ("18-24", "25-35", "36-45", "46-55", "56-65", "66+")
    age_shares: tuple[float, ...] = (0.13, 0.29, 0.24, 0.18, 0.10, 0.06)  # of the people
    tiers: tuple[str, ...] = ("tier 1", "tier 2", "tier 3")
    tier_shares: tuple[float, ...] = (0.32, 0.40, 0.28)  # of the people
    female: float = 0.52  # of the people and of the customers
    penetration: float = 0.004  # customers per head of the people
    people_noise: float = 0.08  # of the people of one group in a region, log standard deviation
    under_served_age: str = "46-55"
    under_served_tier: str = "tier 3"
    under_served: float = 0.30  # times the penetration elsewhere, in every region


@dataclass(frozen=True)
class Campaign:
    """Sent to some customers, held back from others at random."""

    name: str
    start: str  # day on which it is sent
    window_days: int  # from that day on, in which an order counts as a reorder
    held_out: float  # share of the list
    opened: tuple[float, float]  # share of those it was sent to: buyers online, buyers in stores
    joined: float  # share of those who opened it and have not left
    extra_order: float  # share of those who joined who order once more because of it
    tagged: float  # share of the other orders of those who joined, within the window, that carry its name


CAMPAIGNS = (
    Campaign("Member day", "2025-06-16", 60, 0.35, (0.75, 0.55), 0.55, 0.42, 0.50),
    Campaign("Newsletter", "2025-09-08", 60, 0.35, (0.65, 0.40), 0.50, 0.00, 0.50),
)
LISTED_DAYS = 270  # a campaign's list: who ordered within this many days before


@dataclass(frozen=True)
class Psychographic:
    """A type behind the survey: how far above the middle it stands on each construct, in standard deviations."""

    name: str
    share: float
    rational: float
    emotional: float
    functional: float
    image: float


PSYCHOGRAPHICS = (
    Psychographic("calculating", 0.28, 1.2, -0.6, 0.2, -0.6),
    Psychographic("warm", 0.24, -0.5, 1.2, -0.5, 0.1),
    Psychographic("practical", 0.26, -0.1, -0.5, 1.2, -0.7),
    Psychographic("showing", 0.22, -0.6, 0.3, -0.4, 1.3),
)


@dataclass(frozen=True)
class Survey:
    """How the survey measures the types."""

    respondents: float = 0.30  # share of customers
    likes_type: float = 0.30  # share of customers whose psychographic type goes with the behaviour type
    within: float = 0.45  # standard deviation of a construct within a type
    loading: float = 0.80  # points of an item per standard deviation of its construct
    noise: float = 0.75  # points of an item, standard deviation


@dataclass(frozen=True)
class Brands:
    """The market around the retailer: where brands stand, what matters, who moves."""

    respondents: int = 600
    attributes: tuple[str, ...] = ("quality", "price", "service", "range", "convenience", "image")
    importance: tuple[float, ...] = (0.30, 0.12, 0.35, 0.08, 0.10, 0.05)  # of an attribute, in `overall`
    positions: tuple[
        tuple[float, ...], ...
    ] = (  # brands as in BRANDS, scale of 1 to 10; price: high is better value
        (7.4, 6.2, 5.6, 7.0, 6.8, 6.6),
        (6.9, 6.6, 7.6, 6.4, 7.3, 6.5),
        (8.0, 4.4, 7.0, 5.6, 5.6, 8.1),
        (5.4, 8.0, 5.3, 6.0, 6.5, 4.8),
        (6.0, 6.9, 6.1, 8.1, 5.9, 5.6),
    )
    respondent: float = 0.6  # points, standard deviation of how kindly people rate
    noise: float = 1.3  # points, of a single rating
    overall_noise: float = 0.5  # points, of `overall`
    main_before: tuple[float, ...] = (0.30, 0.18, 0.20, 0.18, 0.14)  # shares of the respondents' main brand
    switching: tuple[tuple[float, ...], ...] = (  # from the brand of the row to that of the column
        (0.64, 0.22, 0.05, 0.05, 0.04),
        (0.02, 0.92, 0.02, 0.02, 0.02),
        (0.03, 0.04, 0.88, 0.02, 0.03),
        (0.04, 0.04, 0.02, 0.86, 0.04),
        (0.03, 0.05, 0.03, 0.04, 0.85),
    )
    share_first: tuple[float, ...] = (0.26, 0.20, 0.21, 0.18, 0.15)  # of the market, first quarter
    share_last: tuple[float, ...] = (0.19, 0.28, 0.20, 0.18, 0.15)  # last quarter, a straight line between
    market_sales: float = 60e6  # CNY, all brands and regions, a quarter
    market_noise: float = 0.02  # of a brand's sales in a region and quarter, log standard deviation


@dataclass(frozen=True)
class Model:
    """All of it."""

    habits: Habits = Habits()
    niche: Niche = Niche()
    places: Places = Places()
    survey: Survey = Survey()
    brands: Brands = Brands()
    types: tuple[BehaviourType, ...] = TYPES
    regions: tuple[Region, ...] = REGIONS
    campaigns: tuple[Campaign, ...] = CAMPAIGNS
    psychographics: tuple[Psychographic, ...] = PSYCHOGRAPHICS


MODEL = Model()
