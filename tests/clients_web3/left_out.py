"""Each module test of web3.py that does not pass here, and why. The table is strict: who passes is struck out."""

AT_ONCE = "every transaction is mined at once, so none can be replaced and none is ever unmined"
RAW = "eth_signTransaction returns bytes, as execution-apis says; web3.py wants geth's {raw, tx}"

FAILING: dict[str, str] = {
    "test_eth_replace_transaction_legacy": AT_ONCE,
    "test_eth_replace_transaction": AT_ONCE,
    "test_eth_replace_transaction_underpriced": AT_ONCE,
    "test_eth_replace_transaction_gas_price_defaulting_minimum": AT_ONCE,
    "test_eth_replace_transaction_gas_price_defaulting_strategy_higher": AT_ONCE,
    "test_eth_replace_transaction_gas_price_defaulting_strategy_lower": AT_ONCE,
    "test_eth_modify_transaction_legacy": AT_ONCE,
    "test_eth_modify_transaction": AT_ONCE,
    "test_eth_get_transaction_receipt_unmined": AT_ONCE,
    "test_eth_wait_for_transaction_receipt_unmined": AT_ONCE,
    "test_eth_get_logs_with_logs_none_topic_args": "it wants no log with three topics, and the demo wallet has tokens",
    "test_eth_simulate_v1": "eth_simulateV1 is left out on purpose",
    "test_eth_sign_transaction": RAW,
    "test_eth_sign_transaction_legacy": RAW,
    "test_eth_sign_transaction_hex_fees": RAW,
    "test_eth_sign_transaction_ens_names": RAW,
    "test_invalid_eth_sign_typed_data": "eth-account signs a list that is shorter than its type says",
}
