// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// What the tests of deployed contracts deploy: overloaded functions, structs, custom errors, a library that is linked.
library Fees {
    function on(uint256 amount) external pure returns (uint256) {
        return amount / 100;
    }
}

struct Order {
    address maker;
    uint128 amount;
    uint16[2] prices;
}

contract Market {
    error TooSmall(uint256 asked, uint256 least);
    error NotForYou(Order order, string why);

    event Placed(address indexed maker, uint256 amount, Order order);

    address public immutable owner;
    uint256 public least;
    uint256 public total;

    constructor(address owner_, uint256 least_) payable {
        if (least_ == 0) revert TooSmall(least_, 1);
        (owner, least) = (owner_, least_);
    }

    function place(uint256 amount) external returns (uint256) {
        if (amount < least) revert TooSmall(amount, least);
        return total += amount;
    }

    function place(uint256 amount, address maker) external payable returns (uint256) {
        if (amount < least) revert TooSmall(amount, least);
        emit Placed(maker, amount, Order(maker, uint128(amount), [uint16(1), 2]));
        return total += amount;
    }

    function place(Order calldata order) external returns (Order memory) {
        if (order.maker != msg.sender) revert NotForYou(order, "not yours");
        emit Placed(order.maker, order.amount, order);
        total += order.amount;
        return order;
    }
}

contract Shop {
    function fee(uint256 amount) external pure returns (uint256) {
        return Fees.on(amount);
    }
}
