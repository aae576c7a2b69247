require("@nomicfoundation/hardhat-ethers");
module.exports = { networks: { lab: { url: process.env.URL, accounts: [process.env.KEY] } } };
