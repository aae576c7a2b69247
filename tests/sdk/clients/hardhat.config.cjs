require("@nomicfoundation/hardhat-ethers");

const { URL: url, KEY, POOR, DELEGATED } = process.env;

module.exports = {
  networks: {
    lab: { url, accounts: [KEY, POOR, DELEGATED] },
    // As it is without a list: the node holds the keys.
    remote: { url },
  },
};
