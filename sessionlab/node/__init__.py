"""JSON-RPC methods beyond what the client needs: cheats that other test chains know, and filters."""
