"""Tables that a run writes: their columns in order, and the kind of each."""

# What a kind is in pandas. Counts of days that may be empty are floats there.
_KINDS = {
    "": "str",
    "int": "int64",
    "float": "float64",
    "day": "datetime64[ms]",
    "bool": "bool",
    "whole": "Int64",
}


def _table(columns: str) -> dict[str, str]:
    """ "name:kind name:kind" as a dictionary; a name without a kind is text, ``whole`` a number that may be empty."""
    return {name: _KINDS[kind] for name, _, kind in (pair.partition(":") for pair in columns.split())}


_LEDGER = (
    "rows_in:int kept:int quarantined:int merged:int rows_without_money:int"
    " money_in:float money_kept:float money_quarantined:float money_merged:float"
)
_FINDINGS = "notebook key table filter n:int values recipes text_en text_zh"

# Every table that a run writes, with its columns in order; a table may hold more (cost gives `margin` to features).
TABLES: dict[str, dict[str, str]] = {
    name: _table(columns)
    for name, columns in {
        "features": "customer_id region first_order:day last_order:day recency_days:float n_orders:int spend:float"
        " gross_spend:float n_refunds:int tenure_days:float avg_order_value:float median_gap_days:float top_category"
        " main_channel repeat_orders:int age_days:float active_days:float mean_repeat_spend:float status",
        "periods": "customer_id month:day channel n_orders:int spend:float",
        "mix": "customer_id dimension level lines:int spend:float",
        "product_totals": "product_id product category region customers:int n_orders:int quantity:float spend:float",
        "files": "table file sheet encoding separator rows_in:int kept:int quarantined:int merged:int",
        "quarantined": "table file sheet line column rule region",
        "review": "table file sheet line column value rule message",
        "merged": "table file sheet line kept_file kept_sheet kept_line",
        "key_matches": "table key rows:int ids:int known_ids:int unknown_ids:int without_rows:int",
        "coverage": "table column is_present:bool rows:int filled:int share_filled:float",
        "accounts": "table region step rule column fate rows:int rows_without_money:int money:float",
        "ledger_totals": f"table {_LEDGER}",
        "ledger_steps": f"table step {_LEDGER}",
        "rejections": "table rule column rows:int money:float",
        "profile_overview": "customers:int buyers:int refunds_only:int prospects:int n_orders:int n_refunds:int"
        " gross_spend:float refunded:float share_refunded:float spend:float without_spend:int buyers_without_spend:int"
        " n_products:int first_order:day last_order:day",
        "profile_regions": "rank:int region customers:int share_of_customers:float buyers:int n_orders:int spend:float"
        " share_of_spend:float median_spend:float",
        "profile_months": "month:day days_covered:int is_partial:bool buyers:int new_buyers:int returning_buyers:int"
        " n_orders:int spend:float rank:int",
        "profile_weekdays": "weekday:int lines:int share_of_lines:float rank:int",
        "profile_hours": "weekday:int hour:int customers:int lines:int rank:int",
        "profile_products": "ranking rank:int product_id product customers:int n_orders:int quantity:float spend:float"
        " share_of_products:float",
        "profile_levels": "dimension rank:int level customers:int lines:int spend:float share_of_spend:float",
        "profile_people": "dimension rank:int level customers:int known:int share_of_customers:float share_low:float"
        " share_high:float buyers:int spend:float place:int",
        "profile_amounts": "measure buyers:int mean:float q05:float q25:float median:float q75:float q95:float most:float",
        "profile_repeat": "order_group buyers:int share_of_buyers:float share_low:float share_high:float spend:float"
        " share_of_spend:float",
        "profile_concentration": "top_share:float buyers:int share_of_buyers:float least_spend:float spend:float"
        " share_of_spend:float",
        "profile_inequality": "buyers:int zero_buyers:int negative_buyers:int negative_spend:float positive_spend:float"
        " gini:float largest_share:float mean_without_largest:float gini_without_largest:float",
        "profile_gender": "level customers:int known:int share_of_customers:float share_low:float share_high:float"
        " reference:float basis p_value:float verdict",
        "profile_core": "rank:int group n_dimensions:int dimension_1 level_1 dimension_2 level_2 dimension_3 level_3"
        " customers:int known:int share_of_customers:float share_low:float share_high:float buyers:int median_spend:float"
        " low:float high:float overall_median_spend:float ratio:float p_adjusted:float verdict",
        "profile_best": "dimension level n_best:int known_best:int n_others:int known_others:int share_of_best:float"
        " share_low:float share_high:float share_of_others:float ratio:float p_adjusted:float verdict",
        "profile_claims": "claim known_best:int known_others:int share_of_best:float share_of_others:float"
        " difference:float low:float high:float p_adjusted:float verdict",
        "profile_power": "dimension place:int level customers:int buyers:int median_spend:float low:float high:float"
        " median_orders:float orders_low:float orders_high:float ratio:float p_adjusted:float verdict",
        "profile_links": "measure n:int rank_correlation:float low:float high:float p_adjusted:float verdict",
        "profile_matching": "dimension known:int matched:int share_matched:float verdict",
        "profile_penetration": "group n_dimensions:int dimension_1 level_1 dimension_2 level_2 customers:int people:float"
        " per_1000:float others_per_1000:float expected:float ratio:float low:float high:float p_adjusted:float"
        " lacking:float verdict",
        "profile_categories": "dimension level category customers:int spend:float share_of_spend:float"
        " share_elsewhere:float ratio:float p_adjusted:float verdict",
        "profile_tried": "question tried:int claimed:int",
        "region_contrasts": "region measure nature unit value:float value_low:float value_high:float typical:float"
        " whole:float difference:float low:float high:float relative:float p:float p_adjusted:float n:int verdict",
        "region_verdicts": "region nature n_measures:int n_different:int customers:int buyers:int",
        "profile_reversals": "dimension measure level_a level_b customers_a:int customers_b:int regions:int"
        " regions_agree:int pooled:float pooled_low:float pooled_high:float within:float within_low:float"
        " within_high:float p_pooled:float p_within:float p_adjusted:float verdict",
        "profile_satisfaction": "answer:int answers:int share_of_answers:float customers:int share_of_customers:float"
        " share_low:float share_high:float",
        "profile_answered": "answers:int customers:int mean:float top_two:int share_top_two:float share_low:float"
        " share_high:float buyers:int buyers_answered:int share_answered:float median_spend_answered:float"
        " median_spend_silent:float",
        "profile_return": "band customers:int returned:int share_returned:float share_low:float share_high:float",
        "profile_recommend": "dimension level customers:int promoters:int passives:int detractors:int nps:float low:float"
        " high:float",
        "profile_complaints": "rank:int topic complaints:int share_of_complaints:float share_so_far:float customers:int"
        " spend:float share_of_spend:float per_100_orders:float response_days:float resolve_days:float",
        "profile_complainers": "customer_id topic complaints:int last_date:day",
        "profile_complaint_rate": "complaints:int customers:int share_of_customers:float unclassified:int n_orders:int"
        " per_100_orders:float answered:int response_days:float resolved:int resolve_days:float",
        "profile_channel_shift": "half_year is_whole:bool customers:int online_orders:int offline_orders:int"
        " share_online:float online_spend:float offline_spend:float share_online_spend:float other_orders:int",
        "profile_channel_change": "first_from first_to last_from last_to customers:int customers_both:int first_orders:int"
        " last_orders:int share_online_first:float share_online_last:float difference:float low:float high:float p:float same_customers:float"
        " who_buys:float",
        "profile_funnel": "place:int stage customers:int share_of_first:float share_of_previous:float share_low:float"
        " share_high:float",
        "profile_participation": "channel customers:int sent:int times_opened:int share_opened:float share_opened_low:float"
        " share_opened_high:float times_joined:int share_joined:float share_joined_low:float share_joined_high:float",
        "profile_engagement": "first_day:day last_day:day events:int customers:int unknown_events:int customers_sent:int"
        " sent:int times_joined:int share_joined:float share_joined_low:float share_joined_high:float browsers:int sessions:int"
        " idle_sessions:int median_minutes:float",
        "profile_discount": "quarter:int buyers:int bought:float discount:float share_discounted:float share_low:float"
        " share_high:float",
        "profile_tests": "question topic customers:int group_a value_a:float group_b value_b:float difference:float"
        " low:float high:float threshold:float p:float p_adjusted:float is_claimed:bool",
        "rfm": "customer_id recency_days:int n_orders:int spend:float r_score:int f_score:int m_score:int cell segment"
        " high_low",
        "cut_points": "measure levels:int score:int lower:float upper:float",
        "score_counts": "measure score:int lower:float upper:float customers:int share_of_customers:float can_occur:bool"
        " scores_possible:int",
        "score_proof": "claim compared:int counterexamples:int",
        "labels": "customer_id scheme label reason",
        "scheme_registry": "scheme definition source needs settings is_computed:bool unmet",
        "behaviour_flags": "customer_id high_value:bool loyal:bool new:bool low_value:bool label",
        "tier_basis": "part measure weight:float customers:int share_of_customers:float",
        "rfm8_readings": "high_low customers:int reading_intended reading_score reading_days changes:bool",
        "segments": "scheme label is_scored:bool customers:int share_of_customers:float n_orders:int spend:float"
        " share_of_spend:float median_recency_days:float median_orders:float median_spend:float",
        "value": "customer_id p_alive:float expected_orders:float clv:float clv_low:float clv_high:float churn_risk:float"
        " basis",
        "value_models": "model parameter value:float loglik:float unit customers:int converged:bool model_note",
        "value_bases": "basis status customers:int expected_orders:float clv:float mean_p_alive:float likely_gone:int",
        "value_alive": "repeat_group repeat_orders:int recency_from:int recency_to:int customers:int mean_p_alive:float",
        "value_lorenz": "measure share_of_customers:float share_of_money:float",
        "value_concentration": "measure customers:int money:float gini:float share_top_fifth:float share_for_most:float",
        "holdout_summary": "split_day:day today:day days:int model why_none customers:int returned:int share_returned:float"
        " expected:float actual:int spend_after:float newcomers:int spend_new:float share_new:float",
        "holdout_models": "repeat_group repeat_orders:int customers:int expected:float same_pace:float actual:int"
        " expected_mean:float same_pace_mean:float actual_mean:float",
        "holdout_labels": "scheme label is_scored:bool customers:int share_of_customers:float returned:int"
        " share_returned:float spend_after:float share_of_spend_after:float mean_spend_after:float",
        "holdout_ranking": "scheme customers:int customers_below:int gini:float gini_possible:float share_top_fifth:float lift:float best_plain"
        " gini_plain:float gini_same_groups:float difference:float low:float high:float p_adjusted:float verdict"
        " verdict_same_groups",
        "churn_verdict": "verdict why_none model_used way train_day:day test_day:day today:day window_days:int"
        " customers_train:int gone_train:int customers_test:int gone_test:int share_gone:float share_told:float",
        "churn_test": "model metric value:float low:float high:float",
        "churn_calibration": "model risk_group:int customers:int expected:float actual:float low:float high:float",
        "churn_lift": "model tenth:int customers:float gone:float share_gone:float lift:float reached:float",
        "churn_drivers": "model measure coefficient:float low:float high:float is_clear:bool value_few:float"
        " value_many:float risk_few:float risk_many:float",
        "churn_reasons": "customer_id risk:float reason_1 reason_2 reason_3 model",
        "churn_reason_counts": "churn_reason customers:int share:float mean_risk:float",
        "map_audit": "map names:int cells:int gaps:int overlaps:int unreachable:int customers:int customers_unnamed:int"
        " customers_contested:int",
        "map_repair": "cell problem was proposed distance:whole why",
        "crosswalk": "scheme_a label_a scheme_b label_b customers:int spend:float",
        "scheme_agreement": "scheme_a scheme_b customers:int labels_a:int labels_b:int cramers_v:float v_low:float"
        " v_high:float kappa:float kappa_low:float kappa_high:float kappa_kind adjusted_rand:float rand_low:float"
        " rand_high:float",
        "crosswalk_words": "word scheme_a label_a scheme_b label_b customers_a:int customers_b:int both:int only_a:int"
        " only_b:int overlap:float measure chance:float median_a:float median_b:float",
        "reading_changes": "customer_id recency_days:int n_orders:int spend:float r_score:int high_low reading_intended"
        " reading_score reading_days",
        "label_confidence": "customer_id scheme label share:float other",
        "confidence_summary": "scheme label customers:int mean_share:float sure:int share_sure:float",
        "label_steps": "customer_id scheme label next_spend:float next_label orders_more:whole orders_label spend_more:float"
        " spend_label measure to_move_up",
        "step_summary": "scheme measure customers:int by_next_order:int by_any_order:int by_large_order:int"
        " median_next_spend:float by_one_order:int by_more_orders:int by_spend:int median_orders_more:float"
        " median_spend_more:float",
        "label_flows": "scheme label_before label_after move customers:int spend_before:float spend_after:float",
        "revenue_change": "scheme label customers_before:int customers_after:int orders_before:int orders_after:int"
        " spend_before:float spend_after:float change:float by_customers:float by_mix:float by_orders:float"
        " by_value:float by_refunds:float",
        "clusters": "customer_id cluster:int label confidence:float slice:int",
        "cluster_measures": "measure used:bool left_out below_zero:int mean:float deviation:float",
        "cluster_quality": "k:int criterion value:float own_choice:bool chosen:bool",
        "cluster_summary": "verdict customers:int measures:int fitted:int max_k:int k:int slices:int shown_k:int"
        " explained:float explained_box:float explained_twin:float over_box:float over_twin:float stability:float"
        " best_silhouette:whole best_calinski_harabasz:whole best_davies_bouldin:whole best_stability:whole"
        " largest_share:float without_largest:float",
        "cluster_profile": "slice:int customers:int share_of_customers:float spend:float share_of_spend:float"
        " median_recency_days:float median_n_orders:float median_spend:float median_avg_order_value:float recency_level"
        " orders_level spend_level confidence:float",
        "cluster_rules": "rule rule_en rule_zh slice:int customers:int support:float precision:float told:int"
        " held_out_precision:float",
        "survey_items_read": "item construct is_reversed:bool text read_as answers:int missing:int outside:int lowest:float"
        " highest:float mean:float",
        "survey_overview": "customers:int rows:int respondents:int share_of_customers:float orphans:int repeated:int items:int"
        " constructs:int reversed_items:int set_aside:int asked:int missing:int share_missing:float straight_liners:int"
        " share_straight:float scale_low:float scale_high:float",
        "survey_constructs": "construct items:int respondents:int mean:float sd:float complete:int alpha:float"
        " reliable:bool weakest_item item_rest:float",
        "survey_scores": "customer_id construct answered:int score:float z:float",
        "survey_types": "customer_id type highest next margin:float certainty reason",
        "social_types": "customer_id type actions:int looks:int",
        "type_shares": "scheme label customers:int share_of_customers:float share_low:float share_high:float clear:int"
        " buyers:int median_spend:float",
        "customer_types": "customer_id region status age_band gender city_tier cluster slice survey_type social_type",
        "type_links": "crossing customers:int rows:int columns:int chi_square:float p_value:float p_adjusted:float"
        " cramers_v:float verdict",
        "type_crosstab": "crossing row column customers:int row_customers:int share_of_row:float share_of_all:float"
        " expected:float residual:float p_adjusted:float stands_out:bool",
        "niche_spans": "before_from:day last_from:day until:day",
        "niches": "attribute_1 level_1 attribute_2 level_2 customers:int share_of_buyers:float spenders:int"
        " spend_before:float spend_last:float growth:float others_growth:float ratio:float low:float high:float"
        " swing:float others_swing:float z:float p_value:float p_adjusted:float margin_share:float others_margin_share:float margin_low:float margin_high:float"
        " verdict explained_by place:int",
        "niche_summary": "state buyers:int tried:int niches:int growth:float before_from:day last_from:day last_day:day",
        "brand_means": "brand attribute mean_score:float n:int missing:int std_error:float span:float basis source"
        " as_of:day ranked:bool standard:float p_apart:float",
        "brand_map": "axis:int explained_share:float high_end low_end n_brands:int n_attributes:int n_apart:int",
        "brand_axes": "attribute axis:int loading:float correlation:float",
        "brand_positions": "brand axis:int score:float explained_share:float is_own:bool",
        "brand_importance": "attribute correlation:float p_adjusted:float importance:float derived:bool place:int",
        "brand_gaps": "attribute own:float best:float best_brand gap:float mean_of_rivals:float gap_to_mean:float"
        " low:float high:float p_adjusted:float importance:float priority:float verdict place:int n:int n_rivals:int basis"
        " span:float",
        "brand_shares": "source period period_no:int brand value:float share:float share_change:float",
        "brand_cards": "brand is_own:bool price_level tier_served strategy_type quality_score:float price_score:float"
        " standing:float ranked:bool share_of_market:float share_change_short:float share_change:float sources as_of:day",
        "brand_changes": "brand is_own:bool attribute before_on:day before:float as_of:day score:float change:float"
        " same_source:bool source place:int",
        "brand_gaps_by_group": "dimension level attribute n:int share_of_respondents:float own:float mean_of_rivals:float"
        " gap_to_mean:float elsewhere:float difference:float p_adjusted:float verdict place:int",
        "white_space": "dimension level attribute importance:float n:int share_of_respondents:float own:float best:float"
        " best_brand line:float p_adjusted:float weight:float verdict place:int",
        "brand_users": "dimension level respondents:int own_users:int rival_users:int share_for_own:float"
        " share_for_own_elsewhere:float difference:float share_of_own:float share_of_rivals:float overlap:float preferred"
        " share_for_preferred:float p_adjusted:float verdict place:int",
        "brand_flows": "from_brand to_brand respondents:int share_of_switchers:float",
        "brand_net_flows": "rival gained:int lost:int net_gain:int switchers:int share_lost:float low:float high:float"
        " p_adjusted:float verdict place:int",
        "brand_trends": "region brand is_own:bool n_periods:int first_period last_period share_first:float"
        " share_last:float share_change:float share_change_short:float share_slope:float p_adjusted:float verdict place:int",
        "brand_voice": "brand is_own:bool first_period last_period marketing:float sales:float share_of_voice:float"
        " share_of_market:float share_ahead:float sales_per_marketing:float",
        "brand_suggestions": "place:int suggestion subject dimension level importance:float gap:float"
        " share_of_respondents:float weight:float basis evidence evidence_row",
        "plan": "strategy target_group content resources expected_effect department owner start:day end:day channel"
        " lever kpi baseline:float target:float kind direction window_days:int denominator n_treated:int n_held_out:int"
        " assumption:bool budget:float cause means",
        "plan_past": "strategy kpi period direction n_treated:int n_held_out:int treated:float held_out:float uplift:float"
        " low:float high:float uplift_points:float low_points:float high_points:float p:float p_adjusted:float verdict",
        "plan_channels": "strategy channel customers:int sent:int opened:float joined:float joined_low:float"
        " joined_high:float gain:float p_adjusted:float is_best:bool",
        "plan_consent": "consent may_contact:bool customers:int",
        "plan_causes": "strategy topic n:int customers:int per_100_orders:float low:float high:float others:float"
        " p_adjusted:float is_cited:bool",
        "plan_budget": "scenario strategy channel n_treated:int change:float contact_cost:float discount:float cost:float"
        " extra_spend:float margin_rate:float margin_known:bool margin_after_discount:float gives_discount:bool"
        " loss_makers:int extra_margin:float net:float return_on_cost:float break_even:float funded:int spent:float",
        "plan_evidence": "strategy target_group customers:int share_of_customers:float spend:float share_of_spend:float"
        " median_recency_days:float median_n_orders:float main_cluster share_in_main_cluster:float n_treated:int"
        " n_held_out:int kpi n_baseline:int baseline:float baseline_low:float baseline_high:float target:float kind"
        " direction target_level:float smallest_change:float can_be_seen:bool customers_needed:float worth:float source"
        " unit_spend:float order_spend:float share_ordered:float no_consent:int not_funded:int subject",
        "plan_targets": "customer_id strategy arm",
        **{f"findings_{number:02d}": _FINDINGS for number in range(1, 7)},
    }.items()
}
